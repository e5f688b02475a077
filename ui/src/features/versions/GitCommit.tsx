import { GitBranch } from "lucide-react";
import { text } from "@/text";
import { type GitState, shortCommit } from "./git";

/** The commit that a version is made of, and what was not in it. */
export function GitCommit({ git, isFull = false }: { git: GitState; isFull?: boolean }) {
  const commit = isFull ? git.commit : shortCommit(git.commit);
  return (
    <span className="inline-flex items-center gap-1.5 align-middle" title={git.commit}>
      {git.address === null ? (
        <code className="font-mono text-sm">{commit}</code>
      ) : (
        <a
          href={git.address}
          target="_blank"
          rel="noopener noreferrer nofollow"
          title={git.address}
          className="link relative z-10 font-mono text-sm"
        >
          {commit}
        </a>
      )}
      {git.branch && (
        <span className="inline-flex items-center gap-0.5 text-muted text-sm">
          <GitBranch size={12} aria-hidden />
          {git.branch}
        </span>
      )}
      {git.isDirty && <span className="text-sm text-warning">{text.versions.dirty}</span>}
    </span>
  );
}
