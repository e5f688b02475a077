import { EditorView } from "@codemirror/view";

/** The editor looks as the plain field does; colours are those of the page. */
export const editorTheme = EditorView.theme({
  "&": { backgroundColor: "transparent", color: "inherit", fontSize: "12px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "26px", overflowX: "auto", scrollbarWidth: "none" },
  ".cm-content": { padding: "0", caretColor: "var(--text)" },
  ".cm-line": { padding: "0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-placeholder": { color: "var(--text-faint)", fontFamily: "var(--font-sans)" },
  ".cm-selectionBackground, &.cm-focused .cm-selectionBackground, ::selection": {
    backgroundColor: "var(--bg-selected) !important",
  },
  ".cm-lintRange-error": {
    backgroundImage: "none",
    textDecoration: "underline wavy var(--error) 1px",
    textUnderlineOffset: "3px",
  },
  ".cm-tooltip": {
    border: "1px solid var(--line-strong)",
    borderRadius: "6px",
    backgroundColor: "var(--bg-raised)",
    color: "var(--text)",
    boxShadow: "var(--shadow)",
    overflow: "hidden",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    fontFamily: "var(--font-sans)",
    fontSize: "13px",
    maxHeight: "320px",
    minWidth: "280px",
    maxWidth: "min(720px, 90vw)",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    display: "flex",
    gap: "16px",
    padding: "2px 10px",
    lineHeight: "22px",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > completion-section": {
    display: "block",
    padding: "4px 10px 2px",
    borderBottom: "none",
    color: "var(--text-muted)",
    fontSize: "11px",
    opacity: "1",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--bg-selected)", color: "var(--text)" },
  ".cm-completionLabel": {
    flex: "1",
    overflow: "hidden",
    textOverflow: "ellipsis",
    fontFamily: "var(--font-mono)",
    fontSize: "12px",
  },
  ".cm-completionDetail": {
    marginLeft: "0",
    color: "var(--text-muted)",
    fontStyle: "normal",
    fontSize: "12px",
    overflow: "hidden",
    textOverflow: "ellipsis",
    maxWidth: "60%",
  },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "600" },
});
