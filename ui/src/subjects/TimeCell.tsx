import { fullMoment, moment } from "@/format/time";

/** A moment in a list, in full for who asks. */
export function TimeCell({ ms, nowMs }: { ms: number; nowMs: number }) {
  return (
    <time dateTime={new Date(ms).toISOString()} title={fullMoment(ms)}>
      {moment(ms, nowMs)}
    </time>
  );
}
