import { useParams, useRouter, useSearch } from "@tanstack/react-router";
import { carried } from "@/address/view";
import { SESSIONS } from "@/subjects/queries";
import { SubjectList } from "@/subjects/SubjectList";
import { sessionColumns } from "./columns";

const FROM = "/experiments/$experimentId/sessions";
const CODE = {
  trilha: 'import trilha\ntrilha.update_current_trace(session_id="chat-42")',
  mlflow: 'import mlflow\nmlflow.update_current_trace(metadata={"mlflow.trace.session": "chat-42"})',
};

/** Conversations: one is found where any of its traces is. */
export function SessionsPage() {
  const { experimentId } = useParams({ from: FROM });
  const view = useSearch({ from: FROM });
  const router = useRouter();
  return (
    <SubjectList
      kind={SESSIONS}
      experimentId={experimentId}
      view={view}
      columnsOf={sessionColumns}
      hrefOf={({ session }) =>
        router.buildLocation({ to: `${FROM}/$session`, params: { experimentId, session }, search: carried(view) }).href
      }
      code={CODE}
    />
  );
}
