import { Maximize2, ZoomIn, ZoomOut } from "lucide-react";
import { IconButton } from "@/components/Button";
import { duration, percent } from "@/format/numbers";
import { text } from "@/text";
import { useScene } from "../scene";
import { whole, zoomed } from "./scale";
import type { Timeline } from "./useTimeline";

const SHARES = [0, 0.001, 0.005, 0.01, 0.05, 0.1];

export function TimelineTools({ timeline }: { timeline: Timeline }) {
  const { minShare, setMinShare, structure } = useScene();
  const { scale, view, setPart, lastNs } = timeline;
  const zoom = (factor: number) => setPart(zoomed(scale, view, factor));
  return (
    <div className="flex h-9 items-center gap-2 border-line border-b px-2 text-muted text-sm">
      <div className="flex min-w-0 flex-1 items-center gap-3 overflow-x-auto overflow-y-hidden [scrollbar-width:none]">
        <Switch label={text.trace.criticalPath} isOn={timeline.isPathShown} onSwitch={timeline.setPathShown} />
        {timeline.hasGaps && (
          <Switch label={text.trace.compressIdle} isOn={timeline.isCompressed} onSwitch={timeline.setCompressed} />
        )}
        <label className="flex items-center gap-1.5 whitespace-nowrap">
          {text.trace.hideShorter}
          <select
            value={minShare}
            onChange={(event) => setMinShare(Number(event.target.value))}
            className="h-6 w-24 rounded border border-line"
          >
            {SHARES.map((share) => (
              <option key={share} value={share}>
                {share === 0
                  ? text.app.none
                  : `${percent(share)} · ${duration((share * (lastNs - structure.firstNs)) / 1e6)}`}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div className="flex shrink-0">
        <IconButton label={text.shortcuts.names.zoomIn} onClick={() => zoom(0.5)}>
          <ZoomIn size={14} />
        </IconButton>
        <IconButton label={text.shortcuts.names.zoomOut} onClick={() => zoom(2)}>
          <ZoomOut size={14} />
        </IconButton>
        <IconButton label={text.shortcuts.names.fit} onClick={() => setPart(whole(scale))}>
          <Maximize2 size={14} />
        </IconButton>
      </div>
    </div>
  );
}

function Switch({ label, isOn, onSwitch }: { label: string; isOn: boolean; onSwitch: (isOn: boolean) => void }) {
  return (
    <label className="flex items-center gap-1.5 whitespace-nowrap">
      <input type="checkbox" checked={isOn} onChange={(event) => onSwitch(event.target.checked)} />
      {label}
    </label>
  );
}
