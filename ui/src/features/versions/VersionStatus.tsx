import { CircleAlert, CircleCheck, CircleDashed, CircleHelp } from "lucide-react";
import { text } from "@/text";

/** The status of a version; null for one that only traces name. */
export function VersionStatus({ status }: { status: string | null }) {
  const words = status === null ? text.versions.unknown : (statusWords(status) ?? status);
  return (
    <span
      className={`inline-flex items-center gap-1.5 align-middle ${status === "FAILED" ? "text-error" : "text-muted"}`}
      title={status === null ? text.version.isUnknown : undefined}
    >
      {mark(status)}
      {words}
    </span>
  );
}

function statusWords(status: string): string | undefined {
  return (text.versions.statuses as Record<string, string>)[status];
}

function mark(status: string | null) {
  if (status === "READY") return <CircleCheck size={13} aria-hidden />;
  if (status === "FAILED") return <CircleAlert size={13} aria-hidden />;
  if (status === null) return <CircleHelp size={13} aria-hidden />;
  return <CircleDashed size={13} aria-hidden />;
}
