import { Link } from "@tanstack/react-router";
import { text } from "@/text";

interface NamedVersion {
  /** As traces name it. */
  version: string;
  version_id: string | null;
  version_name: string | null;
}

/** A version by its name. One that only traces name leads to those. */
export function VersionLink({ experimentId, version }: { experimentId: string; version: NamedVersion }) {
  const name = version.version_name ?? version.version;
  return (
    <Link
      to="/experiments/$experimentId/versions/$versionId"
      params={{ experimentId, versionId: version.version_id ?? version.version }}
      className="link relative z-10"
      title={version.version_id === null ? `${name}: ${text.version.isUnknown}` : name}
    >
      {name}
    </Link>
  );
}
