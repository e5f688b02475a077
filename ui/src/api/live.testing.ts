/** Stands in for `EventSource`: says what a test lets it say. */
export class FakeStream extends EventTarget {
  static readonly CLOSED = 2;
  static all: FakeStream[] = [];
  readyState = 1;

  constructor(readonly url: string) {
    super();
    FakeStream.all.push(this);
  }

  say(kind: string, data: object, lastEventId: string) {
    this.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(data), lastEventId }));
  }

  break() {
    this.readyState = FakeStream.CLOSED;
    this.dispatchEvent(new Event("error"));
  }

  close() {
    this.readyState = FakeStream.CLOSED;
  }
}
