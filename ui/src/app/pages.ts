/** The pages of an experiment, in the order in which they are offered. What is filtered goes along. */
import { Activity, GitBranch, List, MessagesSquare, Users } from "lucide-react";

export const PAGES = [
  { name: "traces", to: "/experiments/$experimentId/traces", shortcut: "goTraces", icon: List },
  { name: "sessions", to: "/experiments/$experimentId/sessions", shortcut: "goSessions", icon: MessagesSquare },
  { name: "users", to: "/experiments/$experimentId/users", shortcut: "goUsers", icon: Users },
  { name: "versions", to: "/experiments/$experimentId/versions", shortcut: "goVersions", icon: GitBranch },
  { name: "monitoring", to: "/experiments/$experimentId/monitoring", shortcut: "goMonitoring", icon: Activity },
] as const;
