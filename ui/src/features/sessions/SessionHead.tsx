import { Link } from "@tanstack/react-router";
import { ArrowDownToLine, ClipboardCopy, List } from "lucide-react";
import { useState } from "react";
import type { ListView } from "@/address/view";
import { Button } from "@/components/Button";
import { copy } from "@/components/clipboard";
import { FeedbackMarks } from "@/components/FeedbackMarks";
import { type Figure, FigureList } from "@/components/FigureList";
import { VersionLink } from "@/components/VersionLink";
import { count, duration, usd } from "@/format/numbers";
import { fullMoment } from "@/format/time";
import { SubjectHeader } from "@/subjects/SubjectHeader";
import { ErrorsLink, TracesLink } from "@/subjects/totals";
import { text } from "@/text";
import { ofSession } from "./columns";
import type { Session } from "./queries";
import { markdownOf, type Placed } from "./turns";

interface SessionHeadProps {
  session: Session;
  /** Filter and time of the list that this was opened from. */
  view: ListView;
  /** Gives null where they could not all be read, which the page says. */
  onReadAll: () => Promise<Placed[] | null>;
  onLast: () => Promise<void>;
}

export function SessionHead({ session, view, onReadAll, onLast }: SessionHeadProps) {
  const [isBusy, setBusy] = useState(false);
  const { experiment_id: experimentId } = session;
  const q = ofSession(session.session);
  const busy = (work: () => Promise<void>) => async () => {
    setBusy(true);
    await work().finally(() => setBusy(false));
  };
  const words = text.sessions;
  return (
    <>
      <SubjectHeader experimentId={experimentId} kind="sessions" view={view} name={session.session}>
        <div className="flex-1" />
        <Button disabled={isBusy} icon={<ArrowDownToLine size={14} aria-hidden />} onClick={busy(onLast)}>
          {words.lastTurn}
        </Button>
        <Button
          disabled={isBusy}
          icon={<ClipboardCopy size={14} aria-hidden />}
          onClick={busy(async () => {
            const turns = await onReadAll();
            if (turns !== null) await copy(markdownOf(session, turns));
          })}
        >
          {words.copyMarkdown}
        </Button>
        <TracesLink experimentId={experimentId} q={q} className="link ml-1 inline-flex items-center gap-1.5">
          <List size={14} aria-hidden />
          {words.asTraces}
        </TracesLink>
      </SubjectHeader>
      <div className="flex flex-wrap items-start gap-x-8 gap-y-2 border-line border-b bg-bg-sunken px-4 py-2">
        <FigureList label={words.totals} figures={figuresOf(session)} />
        <Subjects session={session} />
      </div>
    </>
  );
}

function figuresOf(session: Session): Figure[] {
  const { totals, experiment_id: experimentId } = session;
  const words = { ...text.subjects.columns, ...text.sessions.columns };
  const q = ofSession(session.session);
  const everyTrace = (
    <TracesLink experimentId={experimentId} q={q} className="link">
      {count(totals.traces)}
    </TracesLink>
  );
  return [
    { label: words.turns, value: everyTrace },
    { label: words.errors, value: <ErrorsLink experimentId={experimentId} q={q} errors={totals.errors} /> },
    { label: words.tokens, value: count(totals.total_tokens) },
    { label: words.cost, value: usd(totals.cost_usd) },
    { label: words.duration, value: duration(totals.duration_ms), title: words.durationHint },
    {
      label: text.sessions.lasted,
      value: duration(totals.last_time_ms - totals.first_time_ms),
      title: `${fullMoment(totals.first_time_ms)} – ${fullMoment(totals.last_time_ms)}`,
    },
  ];
}

function Subjects({ session }: { session: Session }) {
  const { experiment_id: experimentId, users, versions, feedback } = session;
  const words = { ...text.subjects.columns, ...text.sessions.columns };
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-3">
      <dt className="text-faint text-sm">{words.users}</dt>
      <dd className="flex flex-wrap gap-x-3">
        {users.length === 0 && <span className="text-faint">{text.app.none}</span>}
        {users.map((user) => (
          <Link
            key={user}
            to="/experiments/$experimentId/users/$user"
            params={{ experimentId, user }}
            search={{ t: "all" }}
            className="link"
          >
            {user}
          </Link>
        ))}
      </dd>
      <dt className="text-faint text-sm">{words.versions}</dt>
      <dd className="flex flex-wrap gap-x-3">
        {versions.length === 0 && <span className="text-faint">{text.app.none}</span>}
        {versions.map((one) => (
          <VersionLink key={one.version} experimentId={experimentId} version={one} />
        ))}
      </dd>
      {feedback.length > 0 && (
        <>
          <dt className="text-faint text-sm">{words.feedback}</dt>
          <dd>
            <FeedbackMarks feedback={feedback} most={6} wraps />
          </dd>
        </>
      )}
    </dl>
  );
}
