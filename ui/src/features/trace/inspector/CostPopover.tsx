import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Popover } from "@/components/Popover";
import { Problem, SkeletonRows } from "@/components/States";
import { count, usd } from "@/format/numbers";
import { text as words } from "@/text";
import { isPriceOf, OWN_PRICE, spanBill } from "./bill";
import { ChargeTable, PriceSourceNote } from "./ChargeTable";
import { costQuery, pricesQuery, type Span, type SpanCost } from "./queries";

/** A span's cost, and behind it how it came about. */
export function CostPopover({ span, experimentId }: { span: Span; experimentId: string }) {
  return (
    <Popover
      label={words.inspector.cost.title}
      className="w-96 p-3"
      trigger={(properties) => (
        <button type="button" className="link" {...properties}>
          {span.cost === null ? words.inspector.cost.unknown : usd(span.cost.total_usd)}
        </button>
      )}
    >
      {() => <SpanBill span={span} experimentId={experimentId} />}
    </Popover>
  );
}

function SpanBill({ span, experimentId }: { span: Span; experimentId: string }) {
  const { data, error, refetch } = useQuery(costQuery(span.trace_id));
  if (error !== null && data === undefined) return <Problem error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <SkeletonRows rows={3} rowHeightPx={24} />;
  const cost = data.spans.find((each) => each.span_id === span.span_id);
  if (cost === undefined) return <p>{words.inspector.cost.unknown}</p>;
  const bill = spanBill(cost);
  const nameOf = (spanId: string) => data.spans.find((each) => each.span_id === spanId)?.name ?? spanId;
  return (
    <div className="space-y-2">
      {bill.totalUsd !== null && (
        <ChargeTable
          lines={bill.lines}
          others={
            bill.from === "set by the application" ? [{ words: words.inspector.cost.set, usd: bill.totalUsd }] : []
          }
          totalUsd={bill.totalUsd}
        />
      )}
      {bill.from === "price unknown" && <Unknown cost={cost} />}
      {bill.source !== null && <PriceSourceNote {...bill.source} />}
      <OwnPriceNote cost={cost} experimentId={experimentId} />
      {cost.tokens_within !== null && (
        <Within words={words.inspector.cost.tokensWithin} id={cost.tokens_within} name={nameOf(cost.tokens_within)} />
      )}
      {cost.cost_within !== null && (
        <Within words={words.inspector.cost.costWithin} id={cost.cost_within} name={nameOf(cost.cost_within)} />
      )}
    </div>
  );
}

function Unknown({ cost }: { cost: SpanCost }) {
  return (
    <p>
      {cost.model === null
        ? words.inspector.cost.noModel(count(cost.usage?.total_tokens))
        : words.inspector.cost.noPrice(cost.model, count(cost.usage?.total_tokens))}
    </p>
  );
}

/** What people wrote of the experiment's own price, and how to set one. */
function OwnPriceNote({ cost, experimentId }: { cost: SpanCost; experimentId: string }) {
  const isOwn = cost.price_source === OWN_PRICE;
  const { data } = useQuery({ ...pricesQuery(experimentId), enabled: isOwn });
  const note = data?.prices.find(({ model, note }) => note && isPriceOf(model, cost.model ?? ""))?.note;
  return (
    <>
      {note && <p className="text-muted">{words.inspector.cost.note(note)}</p>}
      {cost.cost_from !== "set by the application" && (
        <p className="text-faint text-sm">
          {words.inspector.cost.setOwn}{" "}
          <code className="break-all font-mono">PUT /api/v1/experiments/{experimentId}/prices</code>
        </p>
      )}
    </>
  );
}

function Within({ words: say, id, name }: { words: string; id: string; name: string }) {
  return (
    <p className="text-muted">
      {say}{" "}
      <Link to="." search={(old) => ({ ...old, span: id })} className="link">
        {name}
      </Link>
    </p>
  );
}
