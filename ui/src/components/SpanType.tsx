/** The look of each type of span: one hue and one icon, the same in tree, timeline, list and charts. */
import {
  Bot,
  Box,
  Braces,
  BrainCircuit,
  Database,
  Gauge,
  Link2,
  ListOrdered,
  type LucideIcon,
  MessageSquareText,
  Search,
  Shield,
  Sigma,
  Waypoints,
  Wrench,
} from "lucide-react";
import { text } from "@/text";
import { known } from "@/text/known";

interface SpanLook {
  readonly icon: LucideIcon;
  /** A CSS colour. */
  readonly hue: string;
}

const LOOKS: Record<string, SpanLook> = {
  AGENT: { icon: Bot, hue: "var(--span-agent)" },
  LLM: { icon: BrainCircuit, hue: "var(--span-llm)" },
  CHAT_MODEL: { icon: MessageSquareText, hue: "var(--span-llm)" },
  TOOL: { icon: Wrench, hue: "var(--span-tool)" },
  RETRIEVER: { icon: Search, hue: "var(--span-retriever)" },
  EMBEDDING: { icon: Sigma, hue: "var(--span-embedding)" },
  RERANKER: { icon: ListOrdered, hue: "var(--span-reranker)" },
  CHAIN: { icon: Link2, hue: "var(--span-chain)" },
  WORKFLOW: { icon: Waypoints, hue: "var(--span-workflow)" },
  TASK: { icon: Waypoints, hue: "var(--span-workflow)" },
  PARSER: { icon: Braces, hue: "var(--span-parser)" },
  MEMORY: { icon: Database, hue: "var(--span-memory)" },
  GUARDRAIL: { icon: Shield, hue: "var(--span-guardrail)" },
  EVALUATOR: { icon: Gauge, hue: "var(--span-evaluator)" },
};
const UNKNOWN: SpanLook = { icon: Box, hue: "var(--span-unknown)" };

export function spanLook(type: string): SpanLook {
  return known(LOOKS, type) ?? UNKNOWN;
}

/** A type in words; one that is not known is shown as it was sent. */
export function spanTypeName(type: string): string {
  return known(text.spanTypes, type) ?? type;
}

export function SpanTypeIcon({ type, size = 14 }: { type: string; size?: number }) {
  const { icon: Icon, hue } = spanLook(type);
  return (
    <span role="img" aria-label={spanTypeName(type)} title={spanTypeName(type)} className="inline-flex shrink-0">
      <Icon size={size} color={hue} aria-hidden />
    </span>
  );
}
