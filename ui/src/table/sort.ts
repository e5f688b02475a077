/** The order of a list, as the address has it: a column's id, after `-` for descending. */

export interface Sort {
  readonly id: string;
  readonly isDescending: boolean;
}

export function parseSort(sort: string | undefined): Sort | null {
  if (!sort || sort === "-") return null;
  return sort.startsWith("-") ? { id: sort.slice(1), isDescending: true } : { id: sort, isDescending: false };
}

/** The order after a click on a header: one way, the other way, none. Numbers begin with the largest. */
export function nextSort(sort: string | undefined, column: { id: string; align?: "end" }): string | undefined {
  const [first, second] = column.align === "end" ? [`-${column.id}`, column.id] : [column.id, `-${column.id}`];
  if (sort === first) return second;
  return sort === second ? undefined : first;
}
