import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { stepWords } from "@/charts/series";
import { IconButton } from "@/components/Button";
import { duration } from "@/format/numbers";
import { text } from "@/text";
import { CostPanel, ModelCostPanel, ModelsPanel, TokensPanel, UserCostPanel } from "./CostPanels";
import { DiffersPanel } from "./DiffersPanel";
import { FeedbackChartPanel, FeedbackPanel } from "./FeedbackPanels";
import { feedbackOf, leadingFeedback, valuesOf } from "./feedback";
import { ChosenGroupPanel, GroupTablePanel, UsersPanel } from "./GroupPanels";
import { saidQuery, totalsQuery } from "./queries";
import { RecentPanel } from "./RecentPanel";
import { FailingPanel, ModelLatencyPanel, SlowestPanel, ToolsPanel } from "./SpanPanels";
import { ErrorRatePanel, FAILED, FINE, LatencyPanel, TrafficPanel } from "./TrafficPanels";
import { type Board, boardLink } from "./view";

const words = text.monitoring;

type BoardName = keyof typeof words.boards;
export const BOARDS = Object.keys(words.boards) as BoardName[];

export function isBoard(name: string | undefined): name is BoardName {
  return name !== undefined && Object.hasOwn(words.boards, name);
}

export function BoardPanels({ name, board, group }: { name: BoardName; board: Board; group: string | undefined }) {
  return <div className="grid grid-cols-1 gap-3 lg:grid-cols-2">{PANELS[name](board, group)}</div>;
}

/** The overview answers each question in one panel; a board answers one in all it has. */
const PANELS: Record<BoardName, (board: Board, group: string | undefined) => ReactNode> = {
  overview: (board) => (
    <>
      <TrafficPanel board={board} title={words.boards.behaviour} more={boardLink(board, "behaviour")} />
      <ErrorRatePanel board={board} title={words.boards.errors} more={boardLink(board, "errors")} />
      <ChosenTime board={board} />
      <LatencyPanel board={board} title={words.boards.latency} more={boardLink(board, "latency")} />
      <SlowestPanel board={board} limit={6} />
      <CostPanel board={board} title={words.boards.cost} more={boardLink(board, "cost")} />
      <TokensPanel board={board} title={words.tokens} />
      <ModelsPanel board={board} of="cost" />
      <ToolsPanel board={board} byErrors />
      <FeedbackPanel board={board} title={words.boards.feedback} more={boardLink(board, "feedback")} isWide />
      <RecentPanel board={board} limit={5} more={boardLink(board, "requests")} />
      <GroupTablePanel board={board} field="version" title={words.versions} header={words.groups.version} />
    </>
  ),
  requests: (board) => (
    <>
      <TrafficPanel board={board} title={words.traces} isWide />
      <ChosenTime board={board} />
      <RecentPanel board={board} limit={20} />
      <GroupTablePanel board={board} field="name" title={words.by.name} header={words.groups.name} />
    </>
  ),
  feedback: (board) => (
    <>
      <FeedbackChartPanel board={board} title={words.overTime} />
      <FeedbackPanel board={board} title={words.values} />
      <ChosenTime board={board} />
      <DislikedTraces board={board} />
    </>
  ),
  errors: (board) => (
    <>
      <TrafficPanel board={board} title={words.traces} />
      <ErrorRatePanel board={board} title={words.errorRate} />
      <ChosenTime board={board} />
      <FailingPanel board={board} />
      <ToolsPanel board={board} byErrors />
      <DiffersPanel board={board} title={words.differs.errors} sides={{ a: FINE, b: FAILED }} />
      <GroupTablePanel board={board} field="version" title={words.versions} header={words.groups.version} />
    </>
  ),
  behaviour: (board, group) => (
    <>
      <TrafficPanel board={board} title={words.traces} isWide />
      <ChosenTime board={board} />
      <UsersPanel board={board} />
      <ToolsPanel board={board} />
      <ChosenGroupPanel board={board} {...(group ? { group } : {})} />
    </>
  ),
  latency: (board) => (
    <>
      <LatencyPanel board={board} title={words.latency} isWide />
      <ChosenTime board={board} />
      <SlowestPanel board={board} />
      <ModelLatencyPanel board={board} />
      <SlowTraces board={board} />
    </>
  ),
  cost: (board) => (
    <>
      <ModelCostPanel board={board} title={words.modelCosts} />
      <TokensPanel board={board} title={words.tokens} />
      <ChosenTime board={board} />
      <CostPanel board={board} title={words.cost} />
      <UserCostPanel board={board} />
      <ModelsPanel board={board} of="cost" />
      <ModelsPanel board={board} of="tokens" />
      <GroupTablePanel board={board} field="version" title={words.versions} header={words.groups.version} />
    </>
  ),
};

/** What is different about the part of the time that was chosen in a chart. */
function ChosenTime({ board }: { board: Board }) {
  const navigate = useNavigate();
  if (board.chosen === null) return null;
  const { startMs, endMs } = board.chosen;
  return (
    <DiffersPanel
      board={board}
      title={words.differs.time(stepWords(startMs, endMs))}
      sides={{
        a: `(timestamp < ${startMs} OR timestamp >= ${endMs})`,
        b: `timestamp >= ${startMs} AND timestamp < ${endMs}`,
      }}
      close={
        <IconButton
          label={words.differs.close}
          onClick={() => void navigate({ to: ".", search: (old: object) => ({ ...old, differs: undefined }) })}
        >
          <X size={14} />
        </IconButton>
      }
    />
  );
}

/** What is different about traces of which users, or who judges for them, said no. */
function DislikedTraces({ board }: { board: Board }) {
  const said = leadingFeedback(feedbackOf(useQuery(saidQuery(board, board.period)).data?.rows[0]));
  const conditions = (sense: string) =>
    (said ? valuesOf(said) : []).flatMap((value) =>
      value.sense === sense && value.condition ? [value.condition] : [],
    );
  const [good, bad] = [conditions("good"), conditions("bad")];
  if (said === null || good.length === 0 || bad.length === 0) return null;
  return (
    <DiffersPanel
      board={board}
      title={words.differs.disliked(said.name)}
      sides={{ a: good.join(" OR "), b: bad.join(" OR ") }}
    />
  );
}

function SlowTraces({ board }: { board: Board }) {
  const p95 = useQuery(totalsQuery(board, board.period)).data?.rows[0]?.duration_ms.percentiles.p95;
  if (p95 === undefined) return null;
  const slowMs = Math.floor(p95);
  return (
    <DiffersPanel
      board={board}
      title={words.differs.slow}
      hint={words.differs.slowHint(duration(p95))}
      sides={{ a: `execution_time_ms < ${slowMs}`, b: `execution_time_ms >= ${slowMs}` }}
    />
  );
}
