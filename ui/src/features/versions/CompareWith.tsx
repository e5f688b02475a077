import { useNavigate } from "@tanstack/react-router";
import { GitCompareArrows } from "lucide-react";
import { carried, type ListView } from "@/address/view";
import { Button } from "@/components/Button";
import { Popover } from "@/components/Popover";
import { Problem, SkeletonRows } from "@/components/States";
import { text } from "@/text";
import { inOrder, type VersionRow } from "./rows";
import { useVersionRows } from "./useVersionRows";
import { VersionChoice } from "./VersionChoice";

interface CompareWithProps {
  experimentId: string;
  /** The id of the version, or its name. */
  ownKey: string;
  view: ListView;
}

/** Choose what a version is held against: the one before it comes first. */
export function CompareWith(props: CompareWithProps) {
  return (
    <Popover
      label={text.versions.compareWith}
      align="end"
      className="w-80 p-1"
      trigger={(properties) => (
        <Button icon={<GitCompareArrows size={14} aria-hidden />} {...properties}>
          {text.versions.compareWith}
        </Button>
      )}
    >
      {(close) => <Others {...props} onChoose={close} />}
    </Popover>
  );
}

/** The other versions, which are only read once somebody asks for them. */
function Others({ experimentId, ownKey, view, onChoose }: CompareWithProps & { onChoose: () => void }) {
  const navigate = useNavigate();
  const { all, rows } = useVersionRows(experimentId, "", view.t);
  const at = rows.findIndex((row) => row.key === ownKey);
  const own = rows[at];
  const before = own?.version ? rows.slice(at + 1).find((row) => row.version !== null) : undefined;
  const rest = rows.filter((row) => row !== own && row !== before);
  const open = (other: VersionRow) => {
    const [a, b] = own ? inOrder(own, other) : [{ key: ownKey }, other];
    onChoose();
    void navigate({
      to: "/experiments/$experimentId/versions/compare",
      params: { experimentId },
      search: { ...carried(view), a: a.key, b: b.key },
    });
  };
  if (all.error) return <Problem error={all.error} onRetry={() => void all.refetch()} />;
  if (all.isPending) return <SkeletonRows rows={4} />;
  return (
    <VersionChoice
      rows={before ? [before, ...rest] : rest}
      hintOf={(row) => (row === before ? text.versions.oneBefore : null)}
      onChoose={open}
    />
  );
}
