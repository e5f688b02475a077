import { text as words } from "@/text";
import { pieces } from "./highlight";

const say = words.filter.help;

/** The language in short. */
export function FilterHelp() {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keys
    <section tabIndex={0} aria-label={say.title} className="flex max-h-[66vh] flex-col gap-3 overflow-auto p-4">
      <p className="text-muted">{say.intro}</p>
      <Rows title={say.examplesTitle} rows={say.examples} />
      <Rows title={say.operatorsTitle} rows={say.operators} />
      <Rows title={say.fieldsTitle} rows={say.fields} />
      <p className="text-muted">{say.keys}</p>
    </section>
  );
}

function Rows({ title, rows }: { title: string; rows: readonly (readonly string[])[] }) {
  return (
    <section>
      <h3 className="mb-1 font-semibold">{title}</h3>
      <dl className="grid grid-cols-[minmax(0,3fr)_minmax(0,2fr)] gap-x-4 gap-y-0.5">
        {rows.map(([code = "", meaning]) => (
          <div key={code} className="contents">
            <dt className="font-mono text-sm">
              {pieces(code).map((piece, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the pieces are what stands there, in order
                <span key={index} className={piece.className}>
                  {piece.text}
                </span>
              ))}
            </dt>
            <dd className="text-muted">{meaning}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
