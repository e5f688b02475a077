/** The pages and their addresses. A page's code is loaded when it is first shown. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import {
  compareView,
  ingestionView,
  listView,
  monitoringView,
  parseAddress,
  sessionView,
  traceView,
  writeAddress,
} from "@/address/view";
import { queryClient } from "@/api/queryClient";
import { tracesQuery } from "@/features/traces/queries";
import { Failed } from "./Failed";
import { NotFound } from "./NotFound";
import { Shell } from "./Shell";

const ROWS_SOON_MS = 200;
const passed = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: Failed });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("@/features/experiments/HomePage"), "HomePage"),
});
const experiments = createRoute({
  getParentRoute: () => root,
  path: "/experiments",
  component: lazyRouteComponent(() => import("@/features/experiments/ExperimentsPage"), "ExperimentsPage"),
});
const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  validateSearch: ingestionView,
  component: lazyRouteComponent(() => import("@/features/onboarding/OnboardingPage"), "OnboardingPage"),
});
const ingestion = createRoute({
  getParentRoute: () => root,
  path: "/ingestion",
  validateSearch: ingestionView,
  component: lazyRouteComponent(() => import("@/features/ingestion/IngestionPage"), "IngestionPage"),
});

const experiment = createRoute({ getParentRoute: () => root, path: "/experiments/$experimentId" });
const experimentHome = createRoute({
  getParentRoute: () => experiment,
  path: "/",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/experiments/$experimentId/traces", params, replace: true });
  },
});
const traces = createRoute({
  getParentRoute: () => experiment,
  path: "/traces",
  validateSearch: listView,
  loaderDeps: ({ search: { q, t, sort } }) => ({ q, t, sort }),
  // The rows are asked for while the page's code is on its way, and before anything else is asked. A page that is opened
  // waits for them a little: to draw it once, with rows, takes half as long as to draw it without them and then again.
  loader: ({ params, deps, cause }) => {
    const rows = queryClient.prefetchInfiniteQuery(tracesQuery(params.experimentId, deps));
    return cause === "enter" ? Promise.race([rows, passed(ROWS_SOON_MS)]) : undefined;
  },
  component: lazyRouteComponent(() => import("@/features/traces/TracesPage"), "TracesPage"),
});
const trace = createRoute({
  getParentRoute: () => experiment,
  path: "/traces/$traceId",
  validateSearch: traceView,
  component: lazyRouteComponent(() => import("@/features/trace/TracePage"), "TracePage"),
});
const sessions = createRoute({
  getParentRoute: () => experiment,
  path: "/sessions",
  validateSearch: listView,
  component: lazyRouteComponent(() => import("@/features/sessions/SessionsPage"), "SessionsPage"),
});
const session = createRoute({
  getParentRoute: () => experiment,
  path: "/sessions/$session",
  validateSearch: sessionView,
  component: lazyRouteComponent(() => import("@/features/sessions/SessionPage"), "SessionPage"),
});
const users = createRoute({
  getParentRoute: () => experiment,
  path: "/users",
  validateSearch: listView,
  component: lazyRouteComponent(() => import("@/features/users/UsersPage"), "UsersPage"),
});
const user = createRoute({
  getParentRoute: () => experiment,
  path: "/users/$user",
  validateSearch: listView,
  component: lazyRouteComponent(() => import("@/features/users/UserPage"), "UserPage"),
});
const versions = createRoute({
  getParentRoute: () => experiment,
  path: "/versions",
  validateSearch: listView,
  component: lazyRouteComponent(() => import("@/features/versions/VersionsPage"), "VersionsPage"),
});
const versionComparison = createRoute({
  getParentRoute: () => experiment,
  path: "/versions/compare",
  validateSearch: compareView,
  component: lazyRouteComponent(() => import("@/features/versions/CompareVersionsPage"), "CompareVersionsPage"),
});
const version = createRoute({
  getParentRoute: () => experiment,
  path: "/versions/$versionId",
  validateSearch: listView,
  component: lazyRouteComponent(() => import("@/features/versions/VersionPage"), "VersionPage"),
});
const monitoring = createRoute({
  getParentRoute: () => experiment,
  path: "/monitoring",
  validateSearch: monitoringView,
  component: lazyRouteComponent(() => import("@/features/monitoring/MonitoringPage"), "MonitoringPage"),
});

/** Addresses that need no experiment: they find out where a thing is. What has slashes in its name may stand as it is. */
const traceLink = createRoute({
  getParentRoute: () => root,
  path: "/t/$traceId",
  validateSearch: traceView,
  component: lazyRouteComponent(() => import("@/features/links/TraceLink"), "TraceLink"),
});
const sessionLink = createRoute({
  getParentRoute: () => root,
  path: "/s/$",
  component: lazyRouteComponent(() => import("@/features/links/SessionLink"), "SessionLink"),
});
const experimentLink = createRoute({
  getParentRoute: () => root,
  path: "/x/$",
  component: lazyRouteComponent(() => import("@/features/links/ExperimentLink"), "ExperimentLink"),
});

const routeTree = root.addChildren([
  home,
  experiments,
  setup,
  ingestion,
  traceLink,
  sessionLink,
  experimentLink,
  experiment.addChildren([
    experimentHome,
    traces,
    trace,
    sessions,
    session,
    users,
    user,
    versions,
    versionComparison,
    version,
    monitoring,
  ]),
]);

export const router = createRouter({
  routeTree,
  parseSearch: parseAddress,
  stringifySearch: writeAddress,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
