/** The text of the filter bar: a plain field that looks like the editor, until somebody turns to it and the editor is there. */
import { type ComponentType, type RefObject, useRef, useState } from "react";
import { text as words } from "@/text";
import type { EditorProps } from "./Editor";
import { pieces } from "./highlight";
import type { FilterProblem } from "./parse";

interface FilterFieldProps {
  experimentId: string;
  text: string;
  problems: readonly FilterProblem[];
  problemId: string;
  /** Set to what gives it the focus. */
  focus: RefObject<(() => void) | null>;
  onText: (text: string) => void;
  onApply: (text: string) => void;
  onEscape: () => void;
  onFocus: (isFocused: boolean) => void;
}

interface Loaded {
  Editor: ComponentType<EditorProps>;
  initial: EditorProps["initial"];
}

export function FilterField({ focus, ...props }: FilterFieldProps) {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const isLoading = useRef(false);
  const load = async () => {
    if (isLoading.current) return;
    isLoading.current = true;
    const { default: Editor } = await import("./Editor");
    const { current } = input;
    if (current === null) return;
    const selection = [current.selectionStart ?? 0, current.selectionEnd ?? 0] as const;
    const initial = { text: current.value, selection, isFocused: document.activeElement === current };
    setLoaded({ Editor, initial });
  };
  if (loaded !== null) {
    const { Editor, initial } = loaded;
    return <Editor {...props} initial={initial} onReady={(focusEditor) => (focus.current = focusEditor)} />;
  }
  focus.current = () => input.current?.focus();
  return <PlainField {...props} input={input} onNear={load} />;
}

type PlainFieldProps = Omit<FilterFieldProps, "focus"> & {
  input: RefObject<HTMLInputElement | null>;
  onNear: () => Promise<void>;
};

function PlainField({ text, problemId, input, onText, onApply, onEscape, onFocus, onNear }: PlainFieldProps) {
  return (
    <div className="group relative h-[26px] min-w-0 flex-1 font-mono text-sm leading-[26px]">
      <div
        aria-hidden
        className="pointer-events-none absolute inset-0 overflow-hidden whitespace-pre leading-[26px] group-focus-within:invisible"
      >
        {pieces(text).map((piece, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces are what stands there, in order
          <span key={index} className={piece.className}>
            {piece.text}
          </span>
        ))}
      </div>
      <input
        ref={input}
        aria-label={words.filter.label}
        aria-describedby={problemId}
        placeholder={words.filter.placeholder}
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => onText(event.target.value)}
        onFocus={() => {
          onFocus(true);
          void onNear();
        }}
        onBlur={() => onFocus(false)}
        onPointerEnter={() => void onNear()}
        onKeyDown={(event) => {
          if (event.key === "Enter") onApply(event.currentTarget.value);
          if (event.key !== "Escape") return;
          event.stopPropagation();
          onEscape();
          event.currentTarget.blur();
        }}
        className="absolute inset-0 w-full bg-transparent leading-[26px] text-transparent caret-[var(--text)] outline-none placeholder:font-sans placeholder:text-faint focus:text-ink"
      />
    </div>
  );
}
