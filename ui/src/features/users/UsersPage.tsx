import { useParams, useRouter, useSearch } from "@tanstack/react-router";
import { carried } from "@/address/view";
import { USERS } from "@/subjects/queries";
import { SubjectList } from "@/subjects/SubjectList";
import { userColumns } from "./columns";

const FROM = "/experiments/$experimentId/users";
const CODE = {
  trilha: 'import trilha\ntrilha.update_current_trace(user="ana")',
  mlflow: 'import mlflow\nmlflow.update_current_trace(metadata={"mlflow.trace.user": "ana"})',
};

/** People: one is found where any of their traces is. */
export function UsersPage() {
  const { experimentId } = useParams({ from: FROM });
  const view = useSearch({ from: FROM });
  const router = useRouter();
  return (
    <SubjectList
      kind={USERS}
      experimentId={experimentId}
      view={view}
      columnsOf={userColumns}
      hrefOf={({ user }) =>
        router.buildLocation({ to: `${FROM}/$user`, params: { experimentId, user }, search: carried(view) }).href
      }
      code={CODE}
    />
  );
}
