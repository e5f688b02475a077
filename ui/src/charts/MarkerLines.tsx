import { BOTTOM_PX, LEFT_PX, RIGHT_PX } from "./room";
import type { PlacedMarker } from "./series";

export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

interface MarkerLinesProps {
  markers: readonly PlacedMarker[];
  chosen: Span | null;
  /** From when to when the plot goes. */
  time: readonly [number, number];
}

/** Lines at moments that matter, and the chosen part of the time, over the plot. */
export function MarkerLines({ markers, chosen, time: [fromMs, toMs] }: MarkerLinesProps) {
  const place = (timeMs: number) => Math.min(1, Math.max(0, (timeMs - fromMs) / (toMs - fromMs)));
  return (
    <div
      className="pointer-events-none absolute top-0 overflow-hidden"
      style={{ left: LEFT_PX, right: RIGHT_PX, bottom: BOTTOM_PX }}
    >
      {chosen && (
        <div
          className="absolute inset-y-0 border-accent border-x bg-accent opacity-15"
          style={{ left: `${place(chosen.startMs) * 100}%`, right: `${(1 - place(chosen.endMs)) * 100}%` }}
        />
      )}
      {markers.map((marker) => (
        <div
          key={`${marker.atMs} ${marker.label}`}
          className="absolute inset-y-0 border-line-strong border-l border-dashed"
          style={{ left: `${marker.at * 100}%` }}
        >
          {marker.hasLabel && (
            <span className="block max-w-28 truncate pl-1 text-faint text-xs leading-4">{marker.label}</span>
          )}
        </div>
      ))}
    </div>
  );
}
