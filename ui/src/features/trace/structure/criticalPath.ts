/** What a trace waited for: from its end backwards, the span that ended last before the moment in question. */
import { childrenIn, endNs, type Structure } from "./structure";

export interface Stretch {
  readonly span: number;
  readonly fromNs: number;
  readonly toNs: number;
}

interface Visit {
  readonly span: number;
  /** Children by end, first to last. */
  readonly children: number[];
  /** The part of the span that lies within all above it. */
  readonly fromNs: number;
  readonly toNs: number;
  /** Down to here the path is known. */
  untilNs: number;
}

/** Give the stretches of time in which only these spans kept the root from ending, last first. */
export function criticalPath(structure: Structure, root: number, nowNs: number): Stretch[] {
  const path: Stretch[] = [];
  const end = (span: number) => endNs(structure, span, nowNs);
  const visit = (span: number, fromNs: number, toNs: number): Visit => {
    const children = childrenIn(structure, span).sort((a, b) => end(a) - end(b));
    return { span, children, fromNs, toNs, untilNs: toNs };
  };
  const visits = [visit(root, structure.startNs[root] as number, end(root))];
  for (let now = visits.at(-1); now !== undefined; now = visits.at(-1)) {
    const child = now.children.pop();
    if (child === undefined) {
      if (now.fromNs < now.untilNs) path.push({ span: now.span, fromNs: now.fromNs, toNs: now.untilNs });
      visits.pop();
      continue;
    }
    // One that outlives its parent held it up only to the parent's end; one that overlaps the next did not hold it up.
    const fromNs = Math.max(structure.startNs[child] as number, now.fromNs);
    const toNs = Math.min(end(child), now.toNs);
    if (toNs > now.untilNs || fromNs >= toNs) continue;
    if (toNs < now.untilNs) path.push({ span: now.span, fromNs: toNs, toNs: now.untilNs });
    now.untilNs = fromNs;
    visits.push(visit(child, fromNs, toNs));
  }
  return path;
}

/** The root that lasts longest, of which the path tells most. */
export function longestRoot(structure: Structure, nowNs: number): number | null {
  let found: number | null = null;
  let longestNs = -1;
  for (let at = 0; at < structure.count; ) {
    const root = structure.order[at] as number;
    const duration = endNs(structure, root, nowNs) - (structure.startNs[root] as number);
    if (duration > longestNs) [found, longestNs] = [root, duration];
    at += structure.size[root] as number;
  }
  return found;
}
