using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Descant.Web;

/// <summary>What the OpenAPI document says that endpoints do not tell by their types: headers, who may call, how refusals look.</summary>
internal static class ApiDescription
{
    private const string Scheme = "token";

    public static void Describe(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Descant",
                Version = "v1",
                Description = "Songs in, stems out. Where the server asks for tokens, requests carry one as Bearer, or a session's cookie and for changes its X-CSRF-Token.",
            };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A token of the server's list; none where it listens on this machine only." };
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            string method = context.Description.HttpMethod ?? "", path = (context.Description.RelativePath ?? "").TrimEnd('/');
            operation.Parameters ??= [];
            if (path.Contains("/mixture/", StringComparison.Ordinal))
            {
                operation.Parameters = [.. operation.Parameters.Where(parameter => parameter.Name != "stem")]; // of the stems' routes, which share the code
            }

            if (path.EndsWith("/uploads", StringComparison.Ordinal) && HttpMethods.IsPost(method))
            {
                operation.Parameters.Add(Header("Idempotency-Key", isRequired: true, JsonSchemaType.String, "1 to 128 visible ASCII characters; the same key finds the same upload."));
            }

            if (HttpMethods.IsPatch(method) && path.Contains("/uploads/", StringComparison.Ordinal))
            {
                operation.Parameters.Add(Header("Upload-Offset", isRequired: true, JsonSchemaType.Integer, "The byte that the chunk starts at."));
            }

            if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method))
            {
                operation.Parameters.Add(Header("X-CSRF-Token", isRequired: false, JsonSchemaType.String, "What GET /api/v1/session tells; needed where a cookie vouches for the request."));
            }

            operation.Responses ??= [];
            operation.Responses["default"] = new OpenApiResponse
            {
                Description = "A refusal: a sentence in detail, a code for programs (docs/api.md lists them).",
                Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new() { Schema = Refusal() } },
            };
            return Task.CompletedTask;
        });
    }

    private static OpenApiParameter Header(string name, bool isRequired, JsonSchemaType type, string description) => new()
    {
        Name = name,
        In = ParameterLocation.Header,
        Required = isRequired,
        Description = description,
        Schema = new OpenApiSchema { Type = type },
    };

    private static OpenApiSchema Refusal() => new()
    {
        Type = JsonSchemaType.Object,
        Required = new HashSet<string> { "type", "title", "status", "detail", "code" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["title"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
            ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["code"] = new OpenApiSchema { Type = JsonSchemaType.String },
        },
    };
}
