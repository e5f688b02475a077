import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Popover } from "@/components/Popover";
import { Problem, SkeletonRows } from "@/components/States";
import { count, usd } from "@/format/numbers";
import { text as words } from "@/text";
import { useScene } from "../scene";
import { exactUsd, traceBill } from "./bill";
import { ChargeTable, PriceSourceNote } from "./ChargeTable";
import { costQuery } from "./queries";
import { TokenFacts } from "./TokenFacts";

/** What a trace cost, and behind it how that came about. */
export function TraceCost() {
  const { cost } = useScene().trace;
  return (
    <Popover
      label={words.inspector.cost.title}
      className="w-[440px] p-3"
      trigger={(properties) => (
        <button type="button" className="link" {...properties}>
          {cost === null ? words.inspector.cost.unknown : usd(cost.total_usd)}
        </button>
      )}
    >
      {() => <TraceBill />}
    </Popover>
  );
}

const LISTED_SPANS = 8;

/** The arithmetic of a trace's cost. */
export function TraceBill() {
  const { traceId } = useScene();
  const { data, error, refetch } = useQuery(costQuery(traceId));
  if (error !== null && data === undefined) return <Problem error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <SkeletonRows rows={3} rowHeightPx={24} />;
  const bill = traceBill(data);
  return (
    <div className="space-y-2">
      {data.usage !== null && (
        <p>
          <TokenFacts usage={data.usage} />
        </p>
      )}
      {bill.summedUsd !== null && (
        <ChargeTable
          lines={bill.lines}
          others={bill.setUsd > 0 ? [{ words: words.inspector.cost.set, usd: bill.setUsd }] : []}
          totalUsd={bill.summedUsd}
        />
      )}
      {bill.declaredUsd !== null && <p>{words.inspector.cost.declared(exactUsd(bill.declaredUsd))}</p>}
      {bill.tokensWithoutPrice > 0 && (
        <p>
          {words.inspector.cost.withoutPrice(count(bill.tokensWithoutPrice))}{" "}
          {bill.unpriced.slice(0, LISTED_SPANS).map((each) => (
            <Link key={each.span_id} to="." search={(old) => ({ ...old, span: each.span_id })} className="link mr-2">
              {each.model ?? each.name}
            </Link>
          ))}
        </p>
      )}
      {bill.sources.map((source) => (
        <PriceSourceNote key={`${source.source} ${source.asOf}`} {...source} />
      ))}
    </div>
  );
}
