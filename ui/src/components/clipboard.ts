import { notify } from "@/components/Notices";
import { text } from "@/text";

/** Copy a text and say so. Where the browser forbids it, as on plain http of another machine, a hidden field serves. */
export async function copy(words: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    const field = document.createElement("textarea");
    field.value = words;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  notify(text.app.copied);
}
