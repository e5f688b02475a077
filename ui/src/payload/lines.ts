/** Long text as lines of a width, so that only those in sight need to be drawn. */

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\ud83c-\ud83e]/;
const TAB_COLUMNS = 2;

/** Where each line of a text begins: after every line break, and where it would be wider than so many columns. */
export function lineStarts(text: string, columns: number): number[] {
  const starts: number[] = [];
  let from = 0;
  while (from <= text.length) {
    const found = text.indexOf("\n", from);
    const end = found === -1 ? text.length : found;
    wrap(text, from, end, columns, starts);
    from = end + 1;
  }
  return starts;
}

/** The lines of one paragraph; a line ends behind a space where there is one in its second half. */
function wrap(text: string, from: number, end: number, columns: number, starts: number[]) {
  let start = from;
  starts.push(start);
  while (end - start > columns / 2) {
    let next = fitting(text, start, end, columns);
    if (next >= end) return;
    next = behindSpace(text, start + (next - start) / 2, next);
    start = next;
    starts.push(start);
  }
}

/** Behind the last space of a stretch; its end where there is none. */
function behindSpace(text: string, from: number, to: number): number {
  for (let at = to - 1; at > from; at--) if (text.charCodeAt(at) === 32) return at + 1;
  return to;
}

/** The first letter that does not fit any more. */
function fitting(text: string, start: number, end: number, columns: number): number {
  let width = 0;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    width +=
      code < 0x1100 ? (code === 9 ? TAB_COLUMNS : 1) : code >= 0xdc00 && code <= 0xdfff ? 0 : columnsOf(text, at);
    if (width > columns && at > start) return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
  }
  return end;
}

function columnsOf(text: string, at: number): number {
  return WIDE.test(text.charAt(at)) ? 2 : 1;
}

/** A line without its line break. */
export function lineAt(text: string, starts: readonly number[], index: number): string {
  const [start = 0, next] = [starts[index], starts[index + 1]];
  const end = next === undefined ? text.length : text.charAt(next - 1) === "\n" ? next - 1 : next;
  return text.slice(start, end).replace(/\r$/, "");
}

/** The line that a letter stands in. */
export function lineOf(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
