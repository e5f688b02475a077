import { Link } from "@tanstack/react-router";
import { EmptyState } from "@/components/States";
import { text } from "@/text";

export function NotFound() {
  return (
    <EmptyState
      title={text.app.notFound}
      actions={
        <Link to="/experiments" className="link">
          {text.app.toExperiments}
        </Link>
      }
    />
  );
}
