import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { SpanTypeIcon } from "./SpanType";
import { Status } from "./Status";

const FOREIGN = ["constructor", "__proto__", "toString", "MY_STEP"];

test.each(FOREIGN)("a type called %s is shown as it was sent", (type) => {
  render(<SpanTypeIcon type={type} />);
  expect(screen.getByRole("img").getAttribute("aria-label")).toBe(type);
});

test.each(FOREIGN)("a state called %s is shown as it was sent", (state) => {
  render(<Status state={state} />);
  expect(screen.getByRole("img").getAttribute("aria-label")).toBe(state);
});
