import type { ApplicationDetails } from "../../domain/applications/reading.ts";
import type { DescribedProgram } from "../../domain/programs/list.ts";
import { Fact, Facts } from "../parts/facts.tsx";
import { formPage, type ProvenFormProps } from "../parts/form-page.tsx";
import { Field } from "../parts/forms.tsx";
import { applicationHref, programHref } from "../parts/hrefs.ts";
import { NameLink, Time } from "../parts/text.tsx";

/** What the page before erasing an application shows. */
export interface EraseApplicationPageProps extends ProvenFormProps {
  readonly program: DescribedProgram;
  readonly application: ApplicationDetails;
  /** As it was filled in. */
  readonly reason: string;
}

/** Asks whether to erase an application: `POST …/erase`, with `reason`, and `currentPassword` when asked. */
export function eraseApplicationPage(props: EraseApplicationPageProps): string {
  const { page, program, application, reason, problems } = props;
  const href = applicationHref(program.slug, application.applicationId);
  return formPage({
    ...props,
    section: "/admin/applications",
    title: `Erase application ${application.applicationId}`,
    heading: `Erase application ${application.applicationId}?`,
    intro: (
      <>
        <p>
          Its answers, status, note and history are deleted, and you can’t undo this. No import, sync or retry brings it
          back. CiviKey keeps only its ID, and when, why and by whom it was erased. Systems that read the API can see
          that it was erased, but keep their own copies until they delete them.
        </p>
        <Facts wide>
          <Fact name="Program">
            <NameLink href={programHref(program.slug)} name={program.name} />
          </Fact>
          <Fact name="Applicant ID" text={application.applicantId} />
          <Fact name="Submitted">
            <Time at={application.submittedAt} zone={page.zone} exact />
          </Fact>
        </Facts>
      </>
    ),
    action: `${href}/erase`,
    fields: (
      <Field
        name="reason"
        label="Reason"
        hint="For the audit log, such as a ticket number. Don’t enter personal data: it is kept."
        value={reason}
        problems={problems.reason}
      />
    ),
    button: "Erase application",
    isDangerous: true,
    cancel: { href, label: "Keep application" },
  });
}
