import { Dialog } from "@/components/Dialog";
import { Keys } from "@/components/Keys";
import { type Place, SHORTCUTS } from "@/keys/shortcuts";
import { text } from "@/text";

/** All keys, drawn from the registry. */
export default function KeyMap({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={text.shortcuts.title} onClose={onClose} className="w-[860px]">
      <div className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
        {(Object.keys(text.shortcuts.places) as Place[]).map((place) => (
          <section key={place}>
            <h3 className="mb-1 font-semibold text-muted">{text.shortcuts.places[place]}</h3>
            <ul>
              {SHORTCUTS.filter((each) => each.place === place).map((each) => (
                <li key={each.id} className="flex items-center justify-between py-0.5">
                  <span>{text.shortcuts.names[each.id]}</span>
                  <span className="flex gap-2">
                    {each.keys.slice(0, 2).map((keys) => (
                      <Keys key={keys} keys={keys} />
                    ))}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
