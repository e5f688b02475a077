import { ChevronDown, ChevronLeft, ChevronRight, Clock } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button, IconButton } from "@/components/Button";
import { Popover } from "@/components/Popover";
import { useShortcut } from "@/keys/shortcuts";
import { text as words } from "@/text";
import { DEFAULT_RANGE, PRESETS, parseRange } from "@/time/range";
import { enteredRange, lastDayMs, localInput, movedRange, rangeWords, zoneWords } from "./timeWords";
import { useSteadyNow } from "./useNow";

interface TimePickerProps {
  /** As the address has it. */
  value: string | undefined;
  onChange: (t: string) => void;
}

/** The time of a view: a length up to now, or from one moment to another. */
export function TimePicker({ value, onChange }: TimePickerProps) {
  const [isOpen, setOpen] = useState(false);
  const nowMs = useSteadyNow();
  const [earlier, later] = [movedRange(value, nowMs, -1), movedRange(value, nowMs, 1)];
  useShortcut("time", () => setOpen(true));
  return (
    <div className="flex shrink-0 items-center">
      <IconButton label={words.time.earlier} disabled={earlier === null} onClick={() => earlier && onChange(earlier)}>
        <ChevronLeft size={15} />
      </IconButton>
      <Popover
        label={words.time.range}
        align="end"
        className="w-80 p-2"
        open={isOpen}
        onOpenChange={setOpen}
        trigger={(properties) => (
          <Button
            icon={<Clock size={14} className="text-faint" aria-hidden />}
            title={exactTitle(value, nowMs)}
            {...properties}
          >
            {rangeWords(value, nowMs)}
            <ChevronDown size={13} className="text-faint" aria-hidden />
          </Button>
        )}
      >
        {(close) => (
          <Choices
            value={value}
            nowMs={nowMs}
            onChoose={(t) => {
              close();
              onChange(t);
            }}
          />
        )}
      </Popover>
      <IconButton label={words.time.later} disabled={later === null} onClick={() => later && onChange(later)}>
        <ChevronRight size={15} />
      </IconButton>
    </div>
  );
}

interface ChoicesProps {
  value: string | undefined;
  nowMs: number;
  onChoose: (t: string) => void;
}

function Choices({ value, nowMs, onChoose }: ChoicesProps) {
  const chosen = value ?? DEFAULT_RANGE;
  return (
    <>
      <div className="grid grid-cols-2 gap-0.5">
        {PRESETS.map((preset) => (
          <button
            key={preset}
            type="button"
            aria-pressed={preset === chosen}
            // biome-ignore lint/a11y/noAutofocus: who opens the choice goes on within it
            autoFocus={preset === chosen}
            onClick={() => onChoose(preset)}
            className="rounded px-2 py-1 text-left hover:bg-bg-hover aria-pressed:bg-bg-selected"
          >
            {preset === "all" ? words.time.presets.all : words.time.last(words.time.presets[preset])}
          </button>
        ))}
      </div>
      <ExactRange value={value} nowMs={nowMs} onChoose={onChoose} />
    </>
  );
}

function ExactRange({ value, nowMs, onChoose }: ChoicesProps) {
  const range = parseRange(value, nowMs);
  const first = lastDayMs(range.endMs ?? nowMs);
  const whole = (timeMs: number) => (value?.includes("..") ? timeMs : Math.floor(timeMs / 60_000) * 60_000);
  const [from, setFrom] = useState(localInput(whole(range.startMs ?? first.startMs)));
  const [to, setTo] = useState(localInput(whole(range.endMs ?? first.endMs)));
  const entered = enteredRange(from, to);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if ("t" in entered) onChoose(entered.t);
  };
  const input = "h-7 min-w-0 flex-1 rounded border border-line px-1.5";
  return (
    <form onSubmit={submit} className="mt-2 flex flex-col gap-1.5 border-line border-t pt-2">
      <label className="flex items-center gap-2">
        <span className="w-10 text-muted">{words.time.from}</span>
        <input
          type="datetime-local"
          step={1}
          value={from}
          onChange={(event) => setFrom(event.target.value)}
          className={input}
        />
      </label>
      <label className="flex items-center gap-2">
        <span className="w-10 text-muted">{words.time.to}</span>
        <input
          type="datetime-local"
          step={1}
          value={to}
          onChange={(event) => setTo(event.target.value)}
          className={input}
        />
      </label>
      <div className="flex items-center gap-2">
        <span className={`min-w-0 flex-1 text-sm ${"problem" in entered ? "text-error" : "text-muted"}`}>
          {"problem" in entered ? entered.problem : `${rangeWords(entered.t, nowMs)}, ${zoneWords(nowMs)}`}
        </span>
        <Button type="submit" look="primary" disabled={"problem" in entered}>
          {words.time.apply}
        </Button>
      </div>
    </form>
  );
}

/** From when to when, in full. */
function exactTitle(value: string | undefined, nowMs: number): string {
  const { startMs, endMs } = parseRange(value, nowMs);
  if (startMs === null) return rangeWords(value, nowMs);
  return `${rangeWords(`${startMs}..${endMs ?? nowMs}`, nowMs)}, ${zoneWords(nowMs)}`;
}
