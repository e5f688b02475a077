/** What a version's tags tell of the code that it is made of. */

export interface GitState {
  commit: string;
  branch: string | null;
  /** Whether there were changes that are in no commit; null where nothing tells. */
  isDirty: boolean | null;
  /** Where the commit can be read; only over http(s). */
  address: string | null;
}

/** As MLflow writes them, and as the guide does. */
const COMMIT = ["mlflow.source.git.commit", "git.commit", "git_commit"];
const BRANCH = ["mlflow.source.git.branch", "git.branch", "git_branch"];
const DIRTY = ["mlflow.source.git.dirty", "git.dirty", "git_dirty"];
const REPOSITORY = ["mlflow.source.git.repoURL", "git.repository", "git.repo_url"];

/** Read the code that tags name; null where they name no commit. */
export function gitState(tags: Readonly<Record<string, string>>): GitState | null {
  const first = (keys: string[]) => keys.map((key) => tags[key]).find(Boolean) ?? null;
  const commit = first(COMMIT);
  if (commit === null) return null;
  const dirty = first(DIRTY)?.toLowerCase() ?? null;
  return {
    commit,
    branch: first(BRANCH),
    isDirty: dirty === null ? null : dirty === "true",
    address: commitAddress(first(REPOSITORY), commit),
  };
}

export const shortCommit = (commit: string) => commit.slice(0, 8);

function commitAddress(repository: string | null, commit: string): string | null {
  if (repository === null || !/^[0-9a-f]{4,64}$/i.test(commit) || !URL.canParse(repository)) return null;
  const url = new URL(repository);
  if (url.protocol !== "https:" && url.protocol !== "http:") return null;
  // A token that stands in the address belongs to whoever cloned, and not in a link.
  const path = url.pathname.replace(/\/+$/, "").replace(/\.git$/, "");
  return path === "" ? null : `${url.origin}${path}/commit/${commit}`;
}
