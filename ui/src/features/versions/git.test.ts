import { expect, test } from "vitest";
import { gitState } from "./git";

const COMMIT = "98207f02c4a1b7d2e5f60718293a4b5c6d7e8f90";

test("the commit is read from MLflow's tags, and its address from the repository's", () => {
  const tags = {
    "mlflow.source.git.commit": COMMIT,
    "mlflow.source.git.branch": "main",
    "mlflow.source.git.dirty": "true",
    "mlflow.source.git.repoURL": "https://github.com/example/agent.git",
  };

  expect(gitState(tags)).toEqual({
    commit: COMMIT,
    branch: "main",
    isDirty: true,
    address: `https://github.com/example/agent/commit/${COMMIT}`,
  });
});

test("only addresses of the web become links, without the token that stands in them", () => {
  const addressOf = (repository: string) =>
    gitState({ "git.commit": COMMIT, "git.repository": repository })?.address ?? null;

  expect(addressOf("https://me:secret@git.example.com/a/b")).toBe(`https://git.example.com/a/b/commit/${COMMIT}`);
  expect(addressOf("git@github.com:example/agent.git")).toBeNull();
  expect(addressOf("javascript:alert(1)//x")).toBeNull();
  expect(gitState({ "git.commit": "main", "git.repository": "https://x.org/a" })?.address).toBeNull();
});

test("tags that name no commit tell nothing", () => {
  expect(gitState({ "git.branch": "main" })).toBeNull();
  expect(gitState({ "mlflow.source.git.commit": "" })).toBeNull();
});
