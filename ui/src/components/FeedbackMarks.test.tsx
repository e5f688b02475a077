import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { FeedbackMarks } from "./FeedbackMarks";

test("names that are not shown are told once each", () => {
  const one = (name: string) => ({ name, count: 2, mean: 0.5 });
  render(<FeedbackMarks feedback={[one("helpful"), one("tone"), one("length")]} most={1} />);
  expect(screen.getByText("+2").title.match(/tone|length/g)).toEqual(["tone", "length"]);
});
