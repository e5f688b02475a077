interface Named {
  name: string;
}

/** The one that an address names; a slash that names begin with may have got lost in it. */
export function named<T extends Named>(all: readonly T[], name: string): T | undefined {
  return all.find((one) => one.name === name) ?? all.find((one) => one.name === `/${name}`);
}

/** Those whose name holds the last part of the one that is not there. */
export function alike<T extends Named>(all: readonly T[], name: string): T[] {
  const last = name.split("/").filter(Boolean).at(-1)?.toLowerCase();
  return last === undefined ? [] : all.filter((one) => one.name.toLowerCase().includes(last));
}
