import { useState } from "react";
import { holds } from "@/payload/shownText";
import { itemText } from "./cards";
import type { Item } from "./queries";

/** Whether a card is open: as somebody chose, else where it begins so or holds what is looked for. */
export function useFold(item: Item, find: string, onChoose: () => void, startsOpen = false) {
  const [chosen, setChosen] = useState<boolean | null>(null);
  const isOpen = chosen ?? (startsOpen || holds(itemText(item), find));
  const toggle = () => {
    setChosen(!isOpen);
    onChoose();
  };
  return [isOpen, toggle] as const;
}
