import { FileAudio, FileText, Film, Image } from "lucide-react";
import { useEffect, useState } from "react";
import { bytes } from "@/format/numbers";
import { text as words } from "@/text";
import { AttachmentView } from "./AttachmentView";
import { attachmentOf } from "./attachments";
import { LargeValue } from "./largeValue";
import { SafeLink } from "./SafeLink";
import { cut, shownText } from "./shownText";

const ICONS = { image: Image, audio: FileAudio, video: Film, file: FileText };
const PICTURE = /^data:image\/(png|jpe?g|gif|webp|avif|bmp);base64,/i;
/** A larger picture is not drawn by itself: it would hold up the page. */
const MAX_PICTURE_CHARS = 8_000_000;
const MAX_REFERENCE_CHARS = 1000;

interface MediaPartProps {
  /** `image`, `audio`, `video` or `file`. */
  kind: string;
  url: string | LargeValue | null | undefined;
  mediaType?: string | null;
  name?: string;
}

/**
 * A picture that stands in the trace itself, or a file beside it, is shown; of all else, what it is and where. From
 * elsewhere nothing is fetched.
 */
export function MediaPart({ kind, url: given, mediaType, name }: MediaPartProps) {
  const url = useWhole(given);
  const Icon = ICONS[kind as keyof typeof ICONS] ?? FileText;
  const attachment = url ? attachmentOf(url.slice(0, MAX_REFERENCE_CHARS)) : null;
  if (attachment) return <AttachmentView attachment={attachment} />;
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
        {name ? ` “${shownText(cut(name, 200))}”` : ""}
        {mediaType ? ` · ${shownText(mediaType)}` : ""}
        {url ? " · " : ""}
        {url && <Address url={url} />}
      </span>
    </span>
  );
}

/** A text; null until the worker has given it. */
function useWhole(text: MediaPartProps["url"]): string | null {
  const [read, setRead] = useState<{ text: string; of: LargeValue } | null>(null);
  useEffect(() => {
    if (!(text instanceof LargeValue)) return;
    const take = (whole: string) => setRead({ text: whole, of: text });
    text.text().then(take, () => {}); // what it is, is told in any case
  }, [text]);
  if (text instanceof LargeValue) return read?.of === text ? read.text : null;
  return text ?? null;
}

function Address({ url }: { url: string }) {
  if (!url.startsWith("data:")) return <SafeLink address={url} />;
  const [type = ""] = url.slice(5, 100).split(/[;,]/);
  return `${type} · ${bytes(Math.floor((url.length - url.indexOf(",") - 1) * 0.75))}`;
}
