import { Link, useParams, useSearch } from "@tanstack/react-router";
import { Inbox, Layers, Plug } from "lucide-react";
import type { ReactNode } from "react";
import { carried } from "@/address/view";
import { text } from "@/text";
import { PAGES } from "./pages";

const ITEM =
  "flex h-8 items-center gap-2.5 rounded px-2.5 text-muted no-underline hover:bg-bg-hover hover:text-ink aria-[current=page]:bg-bg-selected aria-[current=page]:text-ink";
const SIZE = 15;

/** The pages, by experiment and of the server. */
export function Rail({ isOpen }: { isOpen: boolean }) {
  const { experimentId } = useParams({ strict: false });
  const search = carried(useSearch({ strict: false }));
  const within = experimentId === undefined ? null : { params: { experimentId }, search };
  const words = (label: string) => (isOpen ? <span className="truncate">{label}</span> : null);
  const title = (label: string) => (isOpen ? undefined : label);
  return (
    <nav
      aria-label={text.app.navigation}
      className={`flex shrink-0 flex-col gap-0.5 border-line border-r bg-bg-sunken p-2 ${isOpen ? "w-44" : "w-13"}`}
    >
      <Link to="/" className="mb-2 flex h-8 items-center gap-2.5 px-2 font-semibold no-underline" title={text.app.name}>
        <Mark />
        {words(text.app.name)}
      </Link>
      {within &&
        PAGES.map(({ name, to, icon: Icon }) => (
          <Link key={name} to={to} {...within} className={ITEM} title={title(text.nav[name])}>
            <Icon size={SIZE} aria-hidden />
            {words(text.nav[name])}
          </Link>
        ))}
      <Divider />
      <Link to="/experiments" activeOptions={{ exact: true }} className={ITEM} title={title(text.nav.experiments)}>
        <Layers size={SIZE} aria-hidden />
        {words(text.nav.experiments)}
      </Link>
      <Link
        to="/ingestion"
        search={experimentId === undefined ? {} : { experiment: experimentId }}
        className={ITEM}
        title={title(text.nav.ingestion)}
      >
        <Inbox size={SIZE} aria-hidden />
        {words(text.nav.ingestion)}
      </Link>
      <Link
        to="/setup"
        search={experimentId === undefined ? {} : { experiment: experimentId }}
        className={ITEM}
        title={title(text.nav.setup)}
      >
        <Plug size={SIZE} aria-hidden />
        {words(text.nav.setup)}
      </Link>
    </nav>
  );
}

function Divider(): ReactNode {
  return <div className="my-1.5 border-line border-t" />;
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" className="size-5 shrink-0" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="var(--accent)" />
      <path d="M7 9h18M11 16h14M15 23h10" stroke="var(--on-accent)" strokeWidth="3" strokeLinecap="round" />
    </svg>
  );
}
