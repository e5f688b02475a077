import { FileAudio, FileText, Film, Image } from "lucide-react";
import { bytes } from "@/format/numbers";
import { text as words } from "@/text";
import { SafeLink } from "./SafeLink";
import { cut } from "./shownText";

const ICONS = { image: Image, audio: FileAudio, video: Film, file: FileText };
const PICTURE = /^data:image\/(png|jpe?g|gif|webp|avif|bmp);base64,/i;
/** A larger picture is not drawn by itself: it would hold up the page. */
const MAX_PICTURE_CHARS = 8_000_000;

interface MediaPartProps {
  /** `image`, `audio`, `video` or `file`. */
  kind: string;
  url: string | null | undefined;
  mediaType?: string | null;
  name?: string;
}

/** A picture that stands in the trace itself is shown; of all else, what it is and where. Nothing is fetched. */
export function MediaPart({ kind, url, mediaType, name }: MediaPartProps) {
  const Icon = ICONS[kind as keyof typeof ICONS] ?? FileText;
  const isPicture = !!url && PICTURE.test(url) && url.length <= MAX_PICTURE_CHARS;
  if (isPicture) {
    return (
      <img
        src={url}
        alt={name || words.payload.media.image}
        className="my-1 max-h-96 max-w-full rounded border border-line"
      />
    );
  }
  const what = (words.payload.media as Record<string, string>)[kind] ?? kind;
  return (
    <span className="inline-flex max-w-full items-center gap-1.5 rounded border border-line bg-bg-sunken px-2 py-0.5">
      <Icon size={14} className="shrink-0 text-muted" aria-hidden />
      <span className="min-w-0 break-words">
        {what}
        {name ? ` “${cut(name, 200)}”` : ""}
        {mediaType ? ` · ${mediaType}` : ""}
        {url ? " · " : ""}
        {url && <Address url={url} />}
      </span>
    </span>
  );
}

function Address({ url }: { url: string }) {
  if (!url.startsWith("data:")) return <SafeLink address={url} />;
  const [type = ""] = url.slice(5, 100).split(/[;,]/);
  return `${type} · ${bytes(Math.floor((url.length - url.indexOf(",") - 1) * 0.75))}`;
}
