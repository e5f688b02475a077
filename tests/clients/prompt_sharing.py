"""Write versions of a prompt, read all of them."""
# pyright: basic, reportMissingImports=false
# settings come by the environment

import os

import mlflow
from report import write_report

NAME, DO = os.environ["NAME"], os.environ["DO"]
TEXT = {"write": "Olá {{name}}", "read and write": "Oi {{name}}"}
CHAT = [{"role": "system", "content": "Be {{tone}}"}, {"role": "user", "content": "{{q}}"}]


def seen(prompt):
    return {
        "version": prompt.version,
        "template": prompt.template,
        "commit_message": prompt.commit_message,
        "tags": dict(prompt.tags),
        "aliases": sorted(prompt.aliases or []),
    }


def main():
    count = 2
    if "write" in DO:
        mlflow.genai.register_prompt(name=NAME, template=TEXT[DO], commit_message=DO, tags={"by": DO.split()[0]})
        last = mlflow.genai.register_prompt(name=NAME, template=CHAT, commit_message=DO)
        mlflow.genai.set_prompt_alias(NAME, alias=DO.replace(" ", "-"), version=last.version)
        count = last.version
    else:
        count = mlflow.genai.load_prompt(f"prompts:/{NAME}@latest", cache_ttl_seconds=0).version
    loaded = [mlflow.genai.load_prompt(NAME, version=number, cache_ttl_seconds=0) for number in range(1, count + 1)]
    write_report({"versions": [seen(prompt) for prompt in loaded]})


main()
