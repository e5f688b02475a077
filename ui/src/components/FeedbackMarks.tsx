import { ThumbsDown, ThumbsUp } from "lucide-react";
import { count, percent } from "@/format/numbers";
import { text } from "@/text";

interface Feedback {
  name: string;
  count: number;
  mean: number | null;
}

interface FeedbackMarksProps {
  feedback: readonly Feedback[];
  /** So many names are shown, and the others when asked for. */
  most?: number;
  /** Whether they may take several lines. */
  wraps?: boolean;
}

/** What was said under each name: a mean from 0 to 1 as a share, others as they are. */
export function FeedbackMarks({ feedback, most = 3, wraps = false }: FeedbackMarksProps) {
  const shown = feedback.slice(0, most);
  return (
    <span className={`inline-flex min-w-0 items-center gap-x-3 align-middle ${wraps ? "flex-wrap" : ""}`}>
      {shown.map((one) => (
        <span key={one.name} title={words(one)} className="inline-flex items-center gap-1 text-sm">
          <span className="max-w-36 truncate text-muted">{one.name}</span>
          <span>{meanWords(one.mean)}</span>
        </span>
      ))}
      {feedback.length > most && (
        <span className="text-faint text-sm" title={feedback.slice(most).map(words).join("\n")}>
          +{feedback.length - most}
        </span>
      )}
    </span>
  );
}

function meanWords(mean: number | null): string {
  if (mean === null) return text.feedback.noNumber;
  return mean >= 0 && mean <= 1 ? percent(mean) : mean.toLocaleString("en", { maximumSignificantDigits: 3 });
}

function words(one: Feedback): string {
  return `${one.name}: ${meanWords(one.mean)}, ${text.feedback.given(count(one.count))}`;
}

/** A single assessment's value: yes and no as thumbs, with the word for those who cannot see them. */
export function FeedbackValue({ name, value }: { name: string; value: unknown }) {
  if (value === true || value === false) {
    const Thumb = value ? ThumbsUp : ThumbsDown;
    const said = value ? text.feedback.yes : text.feedback.no;
    return (
      <span className="inline-flex items-center gap-1 text-sm" title={`${name}: ${said}`}>
        <Thumb size={12} aria-hidden className="text-faint" />
        <span className="text-muted">{name}</span>
        <span>{said}</span>
      </span>
    );
  }
  const said = typeof value === "string" ? value : JSON.stringify(value);
  return (
    <span className="inline-flex min-w-0 items-center gap-1 text-sm" title={`${name}: ${said}`}>
      <span className="text-muted">{name}</span>
      <span className="max-w-48 truncate">{said}</span>
    </span>
  );
}
