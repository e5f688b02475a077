import { ofVersion } from "./queries";
import type { VersionRow } from "./rows";

/** One side of a comparison. */
export interface Side {
  row: VersionRow;
  /** Finds its traces. By its name, which people can read, unless others share it. */
  filter: string;
}

/** The version that an address names by its id or its name; of versions of one name the newest, which stands first. */
export function sideOf(rows: readonly VersionRow[], idOrName: string | undefined): Side | null {
  if (idOrName === undefined) return null;
  const row = rows.find(({ key }) => key === idOrName) ??
    rows.find(({ name }) => name === idOrName) ?? {
      key: idOrName,
      name: idOrName,
      version: null,
      figures: null,
      namesakes: 0,
    };
  return { row, filter: ofVersion(row.namesakes > 1 ? row.key : row.name) };
}
