import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { carried, type ListView } from "@/address/view";
import { PageHeader } from "@/components/PageHeader";
import { text } from "@/text";

interface SubjectHeaderProps {
  experimentId: string;
  kind: "sessions" | "users" | "versions";
  /** Filter and time of the list that this was opened from. */
  view: ListView;
  name: string;
  children?: ReactNode;
}

/** The head of a page about one thing: the way back to its list, and its name. */
export function SubjectHeader({ experimentId, kind, view, name, children }: SubjectHeaderProps) {
  return (
    <PageHeader
      title={
        <>
          <Link
            to={`/experiments/$experimentId/${kind}` as const}
            params={{ experimentId }}
            search={carried(view)}
            className="link"
          >
            {text.nav[kind]}
          </Link>
          <span className="mx-1.5 text-faint">/</span>
          <span className="break-all">{name}</span>
        </>
      }
    >
      {children}
    </PageHeader>
  );
}
