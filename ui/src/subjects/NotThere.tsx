import { Link } from "@tanstack/react-router";
import { ApiProblem } from "@/api/client";
import { EmptyState, Problem } from "@/components/States";
import { text } from "@/text";

interface NotThereProps {
  experimentId: string;
  kind: "sessions" | "users";
  name: string;
  error: unknown;
  onRetry: () => void;
}

/** Why a session or a user is not shown: there is none of that name, or it could not be read. */
export function NotThere({ experimentId, kind, name, error, onRetry }: NotThereProps) {
  if (!(error instanceof ApiProblem) || error.status !== 404) return <Problem error={error} onRetry={onRetry} />;
  return (
    <EmptyState
      title={text[kind].notFound(name)}
      actions={
        <Link
          to={`/experiments/$experimentId/${kind}` as const}
          params={{ experimentId }}
          search={{ t: "all" }}
          className="link"
        >
          {text[kind].toAll}
        </Link>
      }
    />
  );
}
