/** Messages of which parts are so large that the worker holds them. */
import { render, screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { fetchAnswer, wholly } from "./largeValue";
import { type Message, MessageCard } from "./MessageCard";
import { argumentsLine, messageText } from "./parts";
import { stubWorker } from "./worker.testing";

const LONG = "so long ".repeat(200_000);
const PICTURE = `data:image/png;base64,${"A".repeat(1_200_000)}`;

const served: object[] = [];
stubWorker((address) => [{ input_messages: [{ role: "user", name: null, parts: [served[Number(address)]] }] }]);

async function loaded(part: object): Promise<Message> {
  const { value } = await fetchAnswer(String(served.push(part) - 1));
  return (value as { input_messages: Message[] }[])[0]?.input_messages[0] as Message;
}

test.each(["text", "reasoning"])("a large %s is told by its beginning, and copied whole", async (type) => {
  const message = await loaded({ type, text: LONG });
  const { container } = render(<MessageCard message={message} />);

  await waitFor(() => expect(container.textContent).toContain("so long so long"));
  expect(messageText(message).length).toBeLessThan(LONG.length);
  expect(messageText(await wholly(message))).toBe(LONG);
});

test("a large picture is shown", async () => {
  render(<MessageCard message={await loaded({ type: "media", kind: "image", url: PICTURE })} />);

  expect((await screen.findByRole("img")).getAttribute("src")).toBe(PICTURE);
});

test("large arguments of a tool are not told as what stands for them", async () => {
  const message = await loaded({ type: "tool_call", name: "track", arguments: { parcel: LONG } });

  expect(argumentsLine(message.parts[0]?.arguments)).toBe("");
  expect(messageText(await wholly(message))).toContain("so long so long");
});

test("arguments with numbers of many digits are told in full", () => {
  const given = { parcel: 1234567890123456789n };
  const parts = [{ type: "tool_call", name: "track", arguments: given }];

  expect(argumentsLine(given)).toBe("parcel: 1234567890123456789");
  expect(messageText({ parts })).toBe('track({"parcel":1234567890123456789})');
});

test("a long name is a text", async () => {
  const message = await loaded({ type: "tool_call", name: LONG, arguments: null });

  expect(message.parts[0]?.name).toBe(LONG);
});
