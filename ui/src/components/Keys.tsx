import { keyNames } from "@/keys/shortcuts";

/** Keys as they stand on a keyboard. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className="inline-flex gap-0.5">
      {keyNames(keys).map((name, index) => (
        <kbd
          // biome-ignore lint/suspicious/noArrayIndexKey: the same key may come twice
          key={index}
          className="min-w-5 rounded border border-line bg-bg-sunken px-1 text-center font-sans text-muted text-xs"
        >
          {name}
        </kbd>
      ))}
    </span>
  );
}
