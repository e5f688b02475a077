import { Download, FileX } from "lucide-react";
import { useState } from "react";
import { bytes } from "@/format/numbers";
import { text as words } from "@/text";
import type { Attachment } from "./attachments";
import { cut, shownText } from "./shownText";

/** Types that are shown in place. Never what could run: SVG and HTML are only ever fetched to be kept. */
const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
const SOUNDS = /^audio\/(aac|flac|mp4|mpeg|ogg|wav|webm|x-wav)$/;

/** A file beside the trace: a picture is shown, sound is played, all can be fetched. */
export function AttachmentView({ attachment }: { attachment: Attachment }) {
  const { address, contentType, sizeBytes } = attachment;
  const [isMissing, setMissing] = useState(false);
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  const what = [shownText(cut(contentType, 100)), sizeBytes === null ? "" : bytes(sizeBytes)]
    .filter(Boolean)
    .join(" · ");
  if (isMissing) {
    return (
      <span className="inline-flex items-center gap-1.5 text-muted">
        <FileX size={14} className="shrink-0" aria-hidden />
        {words.payload.attachmentMissing} · {what}
      </span>
    );
  }
  return (
    <figure className="my-1 min-w-0 max-w-full">
      {PICTURES.has(type) && (
        <img
          src={address}
          alt={words.payload.media.image}
          loading="lazy"
          onError={() => setMissing(true)}
          className="max-h-96 max-w-full rounded border border-line"
        />
      )}
      {SOUNDS.test(type) && (
        // biome-ignore lint/a11y/useMediaCaption: nobody has written down what is said
        <audio src={address} controls preload="none" onError={() => setMissing(true)} className="max-w-full" />
      )}
      <figcaption>
        <a href={address} download className="link inline-flex items-center gap-1.5 text-sm">
          <Download size={13} className="shrink-0" aria-hidden />
          {what}
        </a>
      </figcaption>
    </figure>
  );
}

/** The files that a value refers to, above it. */
export function AttachmentList({ attachments }: { attachments: readonly Attachment[] }) {
  return (
    <div className="mb-1 flex max-h-[min(60vh,560px)] shrink-0 flex-wrap items-end gap-3 overflow-y-auto">
      {attachments.map((each) => (
        <AttachmentView key={each.address} attachment={each} />
      ))}
    </div>
  );
}
