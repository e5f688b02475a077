/** The filter as it is edited: CodeMirror, loaded when somebody turns to the bar. */
import {
  acceptCompletion,
  autocompletion,
  closeCompletion,
  completionKeymap,
  completionStatus,
  currentCompletions,
  moveCompletionSelection,
  selectedCompletionIndex,
  startCompletion,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import { EditorState, Prec, RangeSetBuilder } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  EditorView,
  keymap,
  placeholder,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { text as words } from "@/text";
import { completionSource } from "./completion";
import { editorTheme } from "./editorTheme";
import { loneTraceId } from "./expected";
import { coloured } from "./highlight";
import { type FilterProblem, parseFilter } from "./parse";

export interface EditorProps {
  experimentId: string;
  /** What the plain field held when the editor took its place. */
  initial: { text: string; selection: readonly [number, number]; isFocused: boolean };
  /** The text that is shown; differs from what the editor holds only when somebody else changed it. */
  text: string;
  /** What is marked as wrong. */
  problems: readonly FilterProblem[];
  describedBy?: string;
  onText: (text: string) => void;
  onApply: (text: string) => void;
  onEscape: () => void;
  onFocus: (isFocused: boolean) => void;
  onReady: (focus: () => void) => void;
}

export default function Editor(props: EditorProps) {
  const holder = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const queryClient = useQueryClient();
  const { experimentId, text, problems } = props;
  useEffect(() => {
    if (holder.current === null) return;
    const { initial } = latest.current;
    const view = new EditorView({
      parent: holder.current,
      state: EditorState.create({
        doc: latest.current.text,
        selection: { anchor: initial.selection[0], head: initial.selection[1] },
        extensions: extensions(
          latest,
          completionSource({ experimentId, queryClient, onWhole: (q) => apply(latest, q) }),
        ),
      }),
    });
    editor.current = view;
    latest.current.onReady(() => view.focus());
    if (initial.isFocused) {
      view.focus();
      startCompletion(view);
    }
    return () => view.destroy();
  }, [experimentId, queryClient]);
  useEffect(() => {
    const view = editor.current;
    if (view === null || view.state.doc.toString() === text) return;
    view.dispatch({
      changes: { from: 0, to: view.state.doc.length, insert: text },
      selection: { anchor: text.length },
    });
  }, [text]);
  useEffect(() => {
    const view = editor.current;
    if (view !== null) view.dispatch(setDiagnostics(view.state, diagnostics(problems, view.state.doc.length)));
  }, [problems]);
  return <div ref={holder} className="min-w-0 flex-1" />;
}

type Latest = { readonly current: EditorProps };

function apply(latest: Latest, q: string): void {
  latest.current.onText(q);
  latest.current.onApply(q);
}

function extensions(latest: Latest, source: ReturnType<typeof completionSource>) {
  return [
    EditorView.cspNonce.of(nonce()),
    EditorView.contentAttributes.of({ "aria-label": words.filter.label, spellcheck: "false" }),
    EditorView.clipboardInputFilter.of((pasted) => pasted.trim().replace(/\s*\n\s*/g, " ")),
    placeholder(words.filter.placeholder),
    history(),
    colours,
    editorTheme,
    autocompletion({
      override: [source],
      icons: false,
      activateOnTypingDelay: 30,
      interactionDelay: 0,
      defaultKeymap: false,
    }),
    Prec.highest(keymap.of(ownKeys(latest))),
    keymap.of([...completionKeymap.filter(({ key }) => key !== "Enter" && key !== "Escape")]),
    keymap.of([...historyKeymap, ...defaultKeymap]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) latest.current.onText(update.state.doc.toString());
      if (update.docChanged && update.state.doc.length === 0 && update.view.hasFocus) startCompletion(update.view);
      if (update.focusChanged) latest.current.onFocus(update.view.hasFocus);
    }),
  ];
}

/** ↵ applies what is whole, and else takes what is offered; an arrow makes it a choice. */
function ownKeys(latest: Latest) {
  return [
    {
      key: "Enter",
      run: (view: EditorView) => {
        const text = view.state.doc.toString();
        const isOpen = completionStatus(view.state) === "active" && currentCompletions(view.state).length > 0;
        const isChosen = (selectedCompletionIndex(view.state) ?? 0) > 0;
        const isWhole = loneTraceId(text) !== null || parseFilter(text).problems.length === 0;
        if (isOpen && (isChosen || !isWhole)) return acceptCompletion(view) || true;
        closeCompletion(view);
        latest.current.onApply(text);
        return true;
      },
    },
    { key: "Tab", run: (view: EditorView) => completionStatus(view.state) === "active" && acceptCompletion(view) },
    {
      key: "ArrowDown",
      run: (view: EditorView) =>
        completionStatus(view.state) === "active"
          ? moveCompletionSelection(true)(view) || true
          : startCompletion(view) || true,
    },
    {
      key: "Escape",
      stopPropagation: true,
      run: (view: EditorView) => {
        if (completionStatus(view.state) === "active" && closeCompletion(view)) return true;
        latest.current.onEscape();
        view.contentDOM.blur();
        return true;
      },
    },
  ];
}

const colours = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = decorated(view.state);
    }
    update(update: ViewUpdate) {
      if (update.docChanged) this.decorations = decorated(update.state);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);

function decorated(state: EditorState): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to, className } of coloured(state.doc.toString())) {
    builder.add(from, to, Decoration.mark({ class: className }));
  }
  return builder.finish();
}

function diagnostics(problems: readonly FilterProblem[], length: number): Diagnostic[] {
  const placed = problems.filter(({ from, to }) => to > from || from >= length);
  return placed.map(({ from, to, words: message }) => ({
    from: Math.min(from, Math.max(0, length - 1)),
    to: Math.min(Math.max(to, from + 1), length),
    severity: "error",
    message,
  }));
}

function nonce(): string {
  return document.querySelector<HTMLMetaElement>("meta[name=csp-nonce]")?.content ?? "";
}
