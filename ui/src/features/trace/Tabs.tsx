import { text } from "@/text";
import { Completeness } from "./Completeness";
import { TABS, useScene } from "./scene";

export function Tabs() {
  const { tab, setView } = useScene();
  return (
    <div className="flex h-9 shrink-0 items-stretch justify-between gap-4 border-line border-b px-3">
      <div role="tablist" aria-label={text.trace.views} className="flex shrink-0">
        {TABS.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`tab-${one}`}
            aria-selected={tab === one}
            aria-controls="trace-view"
            onClick={() => setView({ tab: one })}
            className="border-transparent border-b-2 px-3 text-muted hover:text-ink aria-selected:border-accent aria-selected:text-ink"
          >
            {text.trace.tabs[one]}
          </button>
        ))}
      </div>
      <Completeness />
    </div>
  );
}
