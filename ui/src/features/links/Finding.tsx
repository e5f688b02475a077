/** What is shown while an address is looked up, and where it leads nowhere. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { EmptyState, SkeletonRows } from "@/components/States";
import { text } from "@/text";

export function Finding() {
  return <SkeletonRows rows={8} />;
}

export function NotFound({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <EmptyState
      title={title}
      actions={
        <Link to="/experiments" className="link">
          {text.app.toExperiments}
        </Link>
      }
    >
      {text.links.gone}
      {children}
    </EmptyState>
  );
}
