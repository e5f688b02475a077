/** What stands around every page: the side bar, the top bar, keys, the palette and notices. */
import { useQueryClient } from "@tanstack/react-query";
import { Outlet, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { carried, type ListView } from "@/address/view";
import { Notices } from "@/components/Notices";
import { advanceNow } from "@/filter/useNow";
import { listenForShortcuts, useShortcut } from "@/keys/shortcuts";
import { keep, kept } from "@/settings/kept";
import { toggleTheme } from "@/settings/theme";
import { text } from "@/text";
import { Rail } from "./Rail";
import { TopBar } from "./TopBar";

const Palette = lazy(() => import("./Palette"));
const KeyMap = lazy(() => import("./KeyMap"));
const RAIL_KEY = "trilha.rail";

type Layer = "palette" | "keys" | null;

export function Shell() {
  const [isRailOpen, setRailOpen] = useState(() => kept(RAIL_KEY) !== "closed");
  const queries = useQueryClient();
  const [layer, setLayer] = useState<Layer>(null);
  useEffect(() => listenForShortcuts(window), []);
  const toggleRail = () => {
    keep(RAIL_KEY, isRailOpen ? "closed" : "open");
    setRailOpen(!isRailOpen);
  };
  useShortcut("rail", toggleRail);
  useShortcut("theme", toggleTheme);
  useShortcut("refresh", () => {
    advanceNow();
    void queries.invalidateQueries();
  });
  useShortcut("palette", () => setLayer("palette"));
  useShortcut("help", () => setLayer("keys"));
  usePageKeys();
  return (
    <div className="flex h-full">
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-bg focus:p-2">
        {text.app.skipToContent}
      </a>
      <Rail isOpen={isRailOpen} />
      <div className="flex min-w-0 flex-1 flex-col">
        <TopBar onRail={toggleRail} onPalette={() => setLayer("palette")} onKeys={() => setLayer("keys")} />
        <main id="content" className="flex min-h-0 flex-1 flex-col">
          <Outlet />
        </main>
      </div>
      <Notices />
      <Suspense>
        {layer === "palette" && <Palette onClose={() => setLayer(null)} onKeys={() => setLayer("keys")} />}
        {layer === "keys" && <KeyMap onClose={() => setLayer(null)} />}
      </Suspense>
    </div>
  );
}

/** The keys that go to pages; what is filtered goes along. */
function usePageKeys() {
  const navigate = useNavigate();
  const { experimentId } = useParams({ strict: false });
  const search: ListView = carried(useSearch({ strict: false }));
  const within = experimentId === undefined ? null : { params: { experimentId }, search };
  useShortcut("goTraces", within && (() => navigate({ to: "/experiments/$experimentId/traces", ...within })));
  useShortcut("goSessions", within && (() => navigate({ to: "/experiments/$experimentId/sessions", ...within })));
  useShortcut("goUsers", within && (() => navigate({ to: "/experiments/$experimentId/users", ...within })));
  useShortcut("goVersions", within && (() => navigate({ to: "/experiments/$experimentId/versions", ...within })));
  useShortcut("goMonitoring", within && (() => navigate({ to: "/experiments/$experimentId/monitoring", ...within })));
  useShortcut("goIngestion", () =>
    navigate({ to: "/ingestion", search: experimentId === undefined ? {} : { experiment: experimentId } }),
  );
  useShortcut("goExperiments", () => navigate({ to: "/experiments" }));
}
