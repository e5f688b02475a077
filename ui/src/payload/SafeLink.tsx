import type { ReactNode } from "react";
import { shownText } from "./shownText";

const SAFE = new Set(["http:", "https:", "mailto:"]);

/** Whether a link of a trace may be followed: a whole address of the web or of mail, never a script or a page of ours. */
export function isSafeAddress(address: string): boolean {
  return URL.canParse(address) && SAFE.has(new URL(address).protocol);
}

/** A link that a trace contains. Where it leads is always told in full; what may not be followed is text. */
export function SafeLink({ address, children }: { address: string; children?: ReactNode }) {
  const isNamed = children !== undefined && children !== address;
  const shown = <span className="break-all">{shownText(address)}</span>;
  const words = isNamed ? children : shown;
  return (
    <>
      {isSafeAddress(address) ? (
        <a href={address} target="_blank" rel="noopener noreferrer nofollow" className="link underline">
          {words}
        </a>
      ) : (
        words
      )}
      {isNamed && address !== "" && <span className="text-faint text-sm"> ({shown})</span>}
    </>
  );
}
