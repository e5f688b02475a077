#!/bin/sh
# Runs npm in this folder: with the machine's Node.js, or where it is missing or too old for Vite, with the one from PyPI.
set -eu
cd "$(dirname "$0")"

fits() {
  command -v npm >/dev/null && node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? 0 : 1);'
}

if ! fits 2>/dev/null; then
  environment=$PWD/../.venv-node
  (cd .. && UV_PROJECT_ENVIRONMENT=$environment .venv-uv/bin/uv sync --quiet --frozen --only-group node)
  PATH=$environment/bin:$PATH
  export PATH
fi
exec npm "$@"
