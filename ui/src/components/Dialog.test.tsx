import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { Dialog } from "./Dialog";

test("who is asked for something goes on by typing", () => {
  render(
    <Dialog title="New" onClose={() => undefined}>
      <input aria-label="Name" />
    </Dialog>,
  );
  expect(document.activeElement).toBe(screen.getByLabelText("Name"));
});
